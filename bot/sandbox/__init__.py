"""A local Telegram: a Bot API server the real client library talks to, and a chat page to read it in.

The demo speaks to it instead of Telegram, and so do the tests, so it holds to Telegram's rules: limits, flood
control and errors in Telegram's own words. It knows nothing of trading and imports nothing else of ours.
"""
