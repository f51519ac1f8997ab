// How well a drawing's concept fits what is searched for: [emoji, English, Chinese, group, words, 词, …].

const wordsOf = ([, , , , a, b, , c = [], d = []]) => [...a, ...b, ...c, ...d];

// One word: 5 is the very name, 0 nothing
export function score(concept, word) {
  const [, en, zh] = concept,
    names = [en.toLowerCase(), zh].filter(Boolean);
  if (names.includes(word)) return 5;
  if (names.some(name => name.startsWith(word))) return 4;
  if (names.some(name => name.includes(word))) return 3;
  const words = wordsOf(concept);
  if (words.includes(word)) return 2;
  return words.some(k => k.startsWith(word)) ? 1 : 0;
}

// Several: 0 as soon as one of them fits nowhere; 1 where nothing is searched for
export function rank(concept, words) {
  const scores = words.map(word => score(concept, word));
  return scores.every(Boolean) ? scores.reduce((a, b) => a + b, 1) : 0;
}
