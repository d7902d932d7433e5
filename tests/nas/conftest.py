"""One thread of torch for each test process: they already share the cores, and waiting threads would take them all."""

import os

import torch

torch.set_num_threads(1)
os.environ.setdefault("OMP_NUM_THREADS", "1")  # for the processes that a test starts
