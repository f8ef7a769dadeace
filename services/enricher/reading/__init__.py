"""How a page or a scraped text becomes paragraphs and facts about itself; the steps only choose among them."""
