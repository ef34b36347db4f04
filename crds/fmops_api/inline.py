"""How much may stand in a catalogue itself."""

from fmops_api.meta import Rule

INLINE_LIMIT = 65536
"""Most inline content of one catalogue, in characters: messages, anchors, inputs, references, what people judged."""
_CHARACTERS = (
    "(has(self.templates) ? self.templates.map(t, t.messages.map(m, size(m.content)).sum()"
    " + (has(t.variants) ? t.variants.map(v, v.messages.map(m, size(m.content)).sum()).sum() : 0)).sum() : 0)"
    " + (has(self.rubrics) ? self.rubrics.map(r, r.criteria.map(c, size(c.description)"
    " + c.anchors.map(k, size(c.anchors[k])).sum()).sum()).sum() : 0)"
    " + (has(self.exampleSets) ? self.exampleSets.map(s, has(s.examples) ? s.examples.map(e,"
    " (has(e.input) ? size(e.input) : 0)"
    " + (has(e.judgement) ? size(e.judgement.output) : 0)"
    " + (has(e.comparison) ? size(e.comparison.a) + size(e.comparison.b) : 0)"
    " + (has(e.references) ? e.references.map(f, size(f)).sum() : 0)).sum() : 0).sum() : 0)"
)

INLINE_WITHIN_LIMIT = Rule(
    f"{_CHARACTERS} <= {INLINE_LIMIT}",
    f"inline content is at most {INLINE_LIMIT} characters in total: move examples to a source",
)
