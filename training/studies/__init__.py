"""Studies that go on where they stopped: many short measurements of what ships, and what they show."""
