"""How the schema came to be, step by step. Released steps are never changed; a new one is added."""
