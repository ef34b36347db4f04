"""FoundationModels that must be refused: what a person gets wrong about cards."""

from tests.crds.objects import at_provider, foundation_model
from tests.crds.rows import Refused

ROWS = (
    Refused(
        "both prices",
        foundation_model(
            card={"pricing": {"inputPerMillionTokens": "1", "outputPerMillionTokens": "2", "perAcceleratorHour": "3"}}
        ),
        "spec.card.pricing",
        "give either perAcceleratorHour, or inputPerMillionTokens and outputPerMillionTokens",
    ),
    Refused(
        "a price for input only",
        at_provider(card={"pricing": {"inputPerMillionTokens": "1"}}),
        "spec.card.pricing",
        "inputPerMillionTokens and outputPerMillionTokens belong together: give both",
    ),
    Refused(
        "an empty pricing",
        at_provider(card={"pricing": {}}),
        "spec.card.pricing",
        "give either perAcceleratorHour, or inputPerMillionTokens and outputPerMillionTokens",
    ),
    Refused(
        "a negative price",
        foundation_model(card={"pricing": {"perAcceleratorHour": "-3"}}),
        "spec.card.pricing.perAcceleratorHour",
        "must be a price of zero or more, such as 2.50",
    ),
    Refused(
        "a price that is a number and not text",
        foundation_model(card={"pricing": {"perAcceleratorHour": 3}}),
        "spec.card.pricing.perAcceleratorHour",
        "must be of type string",
    ),
    Refused(
        "a provider priced by accelerator hours",
        at_provider(card={"pricing": {"perAcceleratorHour": "3"}}),
        "spec",
        "a provider's price goes by tokens",
    ),
    Refused(
        "a currency in small letters",
        foundation_model(card={"pricing": {"perAcceleratorHour": "3", "currency": "usd"}}),
        "spec.card.pricing.currency",
        "must be an ISO 4217 code such as USD or EUR",
    ),
    Refused(
        "a language by its name",
        foundation_model(card={"languages": ["German"]}),
        "spec.card.languages[0]",
        "must be a language tag such as en or pt-BR",
    ),
    Refused(
        "a language twice",
        foundation_model(card={"languages": ["en", "de", "en"]}),
        "spec.card.languages[2]",
        "Duplicate value",
    ),
    Refused(
        "a cutoff in the thirteenth month",
        foundation_model(card={"trainingData": [{"name": "web", "cutoff": "2023-13"}]}),
        "spec.card.trainingData[0].cutoff",
        "must be a date as YYYY, YYYY-MM or YYYY-MM-DD",
    ),
    Refused(
        "the same data set twice",
        foundation_model(card={"trainingData": [{"name": "web"}, {"name": "web"}]}),
        "spec.card.trainingData[1]",
        "Duplicate value",
    ),
    Refused(
        "a familiarity above one",
        foundation_model(card={"skills": {"teamFamiliarity": "1.2"}}),
        "spec.card.skills.teamFamiliarity",
        "must be a fraction from 0 to 1",
    ),
    Refused(
        "a number of parameters in words",
        foundation_model(card={"parameters": "eight billion"}),
        "spec.card.parameters",
        "must be a number of parameters such as 8B or 135M",
    ),
    Refused(
        "no parameters at all",
        foundation_model(card={"parameters": "0B"}),
        "spec.card.parameters",
        "must be more than zero",
    ),
    Refused(
        "a licence whose URL is a script",
        foundation_model(card={"license": {"url": "javascript:alert(1)"}}),
        "spec.card.license.url",
        "must be a URL such as https://host:8000/path",
    ),
    Refused(
        "a context window of zero",
        foundation_model(card={"contextWindow": 0}),
        "spec.card.contextWindow",
        "should be greater than or equal to 1",
    ),
)
