"""From a wanted message to Telegram: the outbox, its pace, and the only file that knows the Telegram library."""
