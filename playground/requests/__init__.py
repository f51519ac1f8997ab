"""What a visitor asks of a model, checked, one frozen dataclass a model; and the controls that fill it."""
