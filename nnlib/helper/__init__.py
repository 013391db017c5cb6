"""A second process that works on half of each large batch, beside the threads of this one.

Two Python threads hand one lock to and fro; two processes do not, so that even steps of half a
millisecond are shared out. They share memory: `pages` makes it, `channel` is how one tells the
other that something is in it, `process` starts and ends the helper, `mail` holds the samples,
`remote` is this side's view of a network in it, `serve` is what runs there.
docs/performance.md has the figures.
"""
