"""Cases: what people ask for, from the first answer to the decision, with everything that was done."""
