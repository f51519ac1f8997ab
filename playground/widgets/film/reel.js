// Moments of a film: {t: the steps of the process, the last one's picture behind them}.

export const longest = reels => reels.reduce((a, b) => (b.t.length > a.t.length ? b : a));

// The column of a reel that belongs to moment k of the main one: the same, or the one that is nearest in t
export function columnAt(reel, main, k) {
  if (reel === main) return k;
  if (k >= main.t.length) return reel.t.length;
  const away = i => Math.abs(reel.t[i] - main.t[k]);
  return reel.t.reduce((best, _, i) => (away(i) < away(best) ? i : best), 0);
}
