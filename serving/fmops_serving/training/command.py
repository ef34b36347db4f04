"""The command `fmops train-classifier`."""

from pathlib import Path

import click

_EXIT = 2
_HELP = """Train a classifier of texts for guard rails on labelled texts of your own, without a GPU.

The encoder is a folder with config.json, model.safetensors and tokenizer.json of the BERT family, such as
sentence-transformers/all-MiniLM-L6-v2; a multilingual one makes a multilingual classifier. It stays as it is: what is
learned is a logistic regression on one of its layers, chosen by cross-validation, and the layers above are left out.
Some hundreds of texts are enough, and take a minute or two on a processor.

TEXTS are files of JSON lines (.jsonl) or CSV (.csv) with the fields text and toxic (true or false, 1 or 0), and, if
there is one, kind for the report: insult, threat, medical, ...

The output folder is one that a guard rail names: `classifier: NAME` (docs/guard.md). Its README.md has the report.

\b
Example:
  fmops train-classifier --encoder all-MiniLM-L6-v2 --output classifiers/toxic texts.jsonl
  fmops train-classifier --encoder all-MiniLM-L6-v2 --output classifiers/toxic --text-field comment_text train.csv

\b
Exit statuses:
  0    trained
  2    bad input: a file, an option or an encoder; nothing was written
"""


@click.command("train-classifier", help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("texts", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--encoder", "folder", required=True, metavar="DIR", type=click.Path(path_type=Path), help="The encoder.")
@click.option("--output", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder to write.")
@click.option("--text-field", default="text", show_default=True, metavar="NAME", help="Field with the text.")
@click.option("--label-field", default="toxic", show_default=True, metavar="NAME", help="Field with the label.")
@click.option("--kind-field", default="kind", show_default=True, metavar="NAME", help="Field with the class.")
@click.pass_context
def train_classifier(
    context: click.Context, /, texts: tuple[Path, ...], folder: Path, output: Path, **fields: str
) -> None:
    """Read, learn, write, tell."""
    try:
        # Heavy, and of an extra of its own: help needs none of them.
        from fmops_serving.training.encoder import BadEncoder  # noqa: PLC0415
        from fmops_serving.training.folder import NotWritten  # noqa: PLC0415
        from fmops_serving.training.labelled import BadTexts, Fields  # noqa: PLC0415
        from fmops_serving.training.train import train  # noqa: PLC0415
    except ImportError as error:
        click.echo(f"fmops: train-classifier needs {error.name}: pip install 'fmops[train]' brings it", err=True)
        context.exit(_EXIT)
    names = Fields(fields["text_field"], fields["label_field"], fields["kind_field"])
    try:
        card = train(texts, names, folder, output)
    except (BadTexts, BadEncoder, NotWritten) as error:
        click.echo(f"fmops: {error}", err=True)
        context.exit(_EXIT)
    click.echo("\n".join([*card, "", f"Written to {output}."]))
