"""The pages of dossiers taken into SQLite by dlt, for comparison: asked for as the program asks, tables made by dlt itself.

    dlt_pipeline.py URL TOKEN      in a directory with question-0.json, question-1.json…
"""

import itertools
import json
import pathlib
import sys
import urllib.request

import dlt
from dlt.destinations import sqlalchemy

url, token = sys.argv[1:]


@dlt.resource(name="dossiers", write_disposition="replace")
def dossiers():
    for number in itertools.count():
        question = pathlib.Path(f"question-{number}.json")
        if not question.exists():
            return
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer token={token}"}
        request = urllib.request.Request(url, data=question.read_bytes(), headers=headers)
        with urllib.request.urlopen(request) as answer:
            yield json.load(answer)["data"]["demarche"]["dossiers"]["nodes"]


place = pathlib.Path("dlt")
pathlib.Path("dlt.sqlite").unlink(missing_ok=True)
pipeline = dlt.pipeline(
    "fitn", pipelines_dir=str(place.absolute()), destination=sqlalchemy("sqlite:///dlt.sqlite"), dataset_name="main", dev_mode=False
)
pipeline.drop()
print(pipeline.run(dossiers()))
