"""What the recipes of one family share: their options, batches, update and sheet."""
