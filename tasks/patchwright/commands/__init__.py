"""Commands: what each task of the collection does."""
