"""The schema's history: each revision runs the frozen SQL of its folder, one statement at a time."""
