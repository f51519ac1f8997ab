"""The captioned emoji set and other pictures: fetched, rendered, captioned, given out in batches."""
