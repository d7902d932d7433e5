"""What there is to choose: spaces, their genotypes, which of these are one network, how large each is."""
