"""Pictures in and out: reading, writing, the atlas of drawings, the specimen, what is near to a picture."""
