/** A login. With `identityToken` the password is empty: the token is traded for others. */
export interface Credentials {
  username: string;
  password: string;
  identityToken?: string | undefined;
}
