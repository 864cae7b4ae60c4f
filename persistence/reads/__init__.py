"""What queries read, by room: statements whose rows the graph shows as they are.

A load function takes the snapshot, the keys of a whole level and the field's arguments, and gives one result for each
key. Its statements name the tenants, so that they find the same rows on one machine and on many.
"""
