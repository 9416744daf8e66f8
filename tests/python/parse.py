"""Parses an exposition strictly and prints it as JSON: `parse.py text|openmetrics < exposition`.

The output is an array of families, [name, type, unit, help, samples]. A sample is [name, labels, value, exemplar labels or null].
"""

import json
import sys

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

parse = {"text": parser, "openmetrics": openmetrics}[sys.argv[1]].text_string_to_metric_families
text = sys.stdin.buffer.read().decode("utf-8")
families = [
    [
        family.name,
        family.type,
        family.unit,
        family.documentation,
        [
            [sample.name, sample.labels, str(sample.value), sample.exemplar and sample.exemplar.labels]
            for sample in family.samples
        ],
    ]
    for family in parse(text)
]
json.dump(families, sys.stdout)
