"""Blocks for Archivolt: dense, convolution, residual, pooling, low-rank, embeddings of columns."""
