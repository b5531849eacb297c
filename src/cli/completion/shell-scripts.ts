/**
 * Scripts that ask `keelson __complete WORDS…` what fits. Its answer is one word a line; `:file` and `:folder` leave it to
 * the shell. So a script knows no flag itself, and one that was installed once is right for every later version.
 */
export const SHELL_SCRIPTS = {
  bash: `# bash completion for keelson; try it with: source <(keelson completion bash)
_keelson() {
  local IFS=$'\\n' current="\${COMP_WORDS[COMP_CWORD]}" answer
  # bash splits at = and :, which are part of our words.
  local line="\${COMP_LINE:0:COMP_POINT}" words=()
  IFS=' ' read -r -a words <<<"$line"
  [[ $line == *' ' ]] && words+=('')
  answer=$(keelson __complete "\${words[@]:1}" 2>/dev/null) || return
  case $answer in
    :file) compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")) ;;
    :folder) compopt -o filenames; COMPREPLY=($(compgen -d -- "$current")) ;;
    *)
      local last="\${words[-1]}" prefix=''
      [[ $last == *=* ]] && prefix="\${last%=*}="
      COMPREPLY=()
      local word
      while read -r word; do [[ -n $word ]] && COMPREPLY+=("\${word#"$prefix"}"); done <<<"$answer"
      ;;
  esac
}
complete -F _keelson keelson
`,
  zsh: `#compdef keelson
# zsh completion for keelson; try it with: source <(keelson completion zsh)
_keelson() {
  local answer
  answer=$(keelson __complete "\${(@)words[2,CURRENT]}" 2>/dev/null) || return
  case $answer in
    :file) _files ;;
    :folder) _files -/ ;;
    *) local -a found=("\${(@f)answer}"); compadd -a found ;;
  esac
}
compdef _keelson keelson
`,
  fish: `# fish completion for keelson; try it with: keelson completion fish | source
function __keelson_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l answer (keelson __complete $words[2..-1] 2>/dev/null)
  switch "$answer[1]"
    case :file
      __fish_complete_path (commandline -ct)
    case :folder
      __fish_complete_directories (commandline -ct)
    case '*'
      printf '%s\\n' $answer
  end
end
complete -c keelson -f -a '(__keelson_complete)'
`,
} as const;

export type ShellName = keyof typeof SHELL_SCRIPTS;
