"""Recurrent networks that write architectures, one decision a token: the controller of ENAS and NASNet, and NAO's."""
