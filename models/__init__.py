"""The networks of the road, one idea a file: torch in, torch out."""
