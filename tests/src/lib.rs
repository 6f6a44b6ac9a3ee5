//! What the flows share: the programs they start and the data they send.
