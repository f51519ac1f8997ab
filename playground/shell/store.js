// What the page remembers of a visitor's choices; storage may be blocked in a frame.
export const store = {
  get(k) {
    try {
      return localStorage.getItem(k);
    } catch {
      return null;
    }
  },
  set(k, v) {
    try {
      localStorage.setItem(k, v);
    } catch {
      /* then it is chosen anew */
    }
  },
};
