"""The admin chat: who may ask, what is asked back, what a tap may do."""
