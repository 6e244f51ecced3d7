"""From a raw policy file to clauses with facts. No index, no model."""
