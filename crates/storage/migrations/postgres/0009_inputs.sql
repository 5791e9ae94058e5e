-- The tables that the items were read from, with their columns as they were written, as JSON.
ALTER TABLE jobs ADD COLUMN inputs TEXT;

-- Which of them the item is from, and what its row said where its parameters do not tell, as JSON.
ALTER TABLE items ADD COLUMN input TEXT;
