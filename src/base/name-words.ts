/** What a container without a name may be: words that suit anybody. */
export const ADJECTIVES: readonly string[] = words(`
  able agile airy alert amber ample apt bold brave breezy bright brisk calm candid cheery clear clever cosy crisp
  curious daring deft eager early earnest easy fair fleet fond frank fresh gentle glad golden grand handy happy
  hardy hearty humble keen kind lively lucid lucky mellow merry mighty mild modest neat nimble noble patient placid
  polite proud quick quiet rapid ready robust rosy serene sharp silver smart snug solid spry steady sturdy sunny
  swift tidy tranquil trusty vivid warm wise witty zesty
`);

/** After whom it is called: people of seafaring, building, mathematics and computing. */
export const SURNAMES: readonly string[] = words(`
  abel ada amundsen archimedes backus banneker bardeen barents bell bering bohr boole brahe brunel cabot cantor cerf
  church conway cook cray curie dahl darwin diesel dijkstra drake eckert eiffel engelbart erdos eriksson euclid
  euler faraday fermat fermi feynman fourier galois gauss germain goedel hamilton hamming harrison hilbert hoare
  hopper hudson huygens hypatia iverson jacquard kepler kleene knuth kovalevskaya lagrange lamport lavoisier leibniz
  liskov lovelace maxwell meitner mendel mercator mirzakhani nansen napier neumann newton noether nygaard pascal
  perlman planck postel ramanujan riemann ritchie ross shannon sutherland tasman telford tesla thompson turing volta
  watt wiles wirth zuse
`);

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
