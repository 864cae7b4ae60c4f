"""Cryptography: what keeps personal data, passwords and tokens from whoever reads the database.

One master secret outside the database gives every key (`keyring`). Personal columns are sealed under one key per
person (`envelope`) and found again through blind indexes (`blind_index`). Requests are recognised by fingerprints
(`fingerprint`). Passwords are hashed in `passwords`; access and refresh tokens are made and checked in `tokens`.

Errors here are errors of infrastructure or of sign-in, never refusals of the domain.
"""
