"""The same in marimo, a cell for each step; the functions are those of ``retrieval``."""

import marimo

app = marimo.App()

with app.setup:
    import marimo as mo
    from retrieval import DOCUMENTS, answer, embed, retrieve, split


# wiring
@app.cell
def _():
    question = mo.ui.text("What guides ships at night?", label="Question")
    documents = mo.ui.text_area(DOCUMENTS, label="Documents")
    size = mo.ui.slider(1, 3, value=1, label="size")
    k = mo.ui.slider(1, 5, value=2, label="k")
    temperature = mo.ui.slider(0, 2, value=0.7, step=0.1, label="Temperature")
    mo.vstack([question, documents, size, k, temperature])
    return documents, k, question, size, temperature


@app.cell
def _(documents, size):
    chunks = split(documents.value, size.value)
    return (chunks,)


@app.cell
def _(chunks):
    vectorizer, matrix = embed(chunks)
    return matrix, vectorizer


@app.cell
def _(chunks, k, matrix, question, vectorizer):
    hits = retrieve(question.value, chunks, vectorizer, matrix, k.value)
    mo.json(hits)
    return (hits,)


@app.cell
def _(hits, question, temperature):
    said = ""
    for said in answer(question.value, hits, temperature.value):
        mo.output.replace(mo.md(said))
    return (said,)
