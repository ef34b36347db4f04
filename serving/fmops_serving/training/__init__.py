"""Makes a classifier of texts for the guard out of labelled texts and an encoder: `fmops train-classifier`.

The encoder stays as it is. Each text becomes the mean of what one of its layers says of each token, and a logistic
regression learns from that; which layer, and how strongly the regression is held back, are chosen by cross-validation.
The way is SetFit's without its first half, in which the encoder is trained too (arXiv:2209.11055): that needs torch.
"""
