"""From clauses to something searchable; each heavy library is imported in one room only."""
