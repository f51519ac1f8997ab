"""How every shipped model was trained, and how to train it on other pictures."""
