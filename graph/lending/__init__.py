"""Lending in the schema."""
