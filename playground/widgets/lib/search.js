// How well a drawing's concept fits what is searched for: [emoji, English, Chinese, group, words, 词, …].

// One word: 5 is the very name, 0 nothing
export function score(concept, word) {
  const [, en, zh, , a, b, , c = [], d = []] = concept,
    name = en.toLowerCase();
  if (name === word || zh === word) return 5;
  if (name.startsWith(word) || zh?.startsWith(word)) return 4;
  if (name.includes(word) || zh?.includes(word)) return 3;
  const words = [...a, ...b, ...c, ...d];
  if (words.includes(word)) return 2;
  return words.some(k => k.startsWith(word)) ? 1 : 0;
}

// Several: 0 as soon as one of them fits nowhere; 1 where nothing is searched for
export function rank(concept, words) {
  const scores = words.map(word => score(concept, word));
  return scores.every(Boolean) ? scores.reduce((a, b) => a + b, 1) : 0;
}
