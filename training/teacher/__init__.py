"""The teacher: a sentence model tells CLIP's text tower where words belong that no caption has."""
