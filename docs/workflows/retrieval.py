"""Answer a question from a few documents: find passages, ask a model, stream what it says."""

from typing import Any

from huggingface_hub import InferenceClient
from sklearn.feature_extraction.text import TfidfVectorizer

from daggr_nb import Graph, node, testing, ui

DOCUMENTS = (
    "Otters sleep on their backs and hold hands. A lighthouse guides ships at night. "
    "Its lamp turns once in ten seconds. Bread rises when yeast makes gas. "
    "Tides follow the moon. Before there were lamps, ships steered by the stars."
)
SERVER = testing.model_server()  # in the place of a model
MODEL = f"{SERVER.url}/v1"  # or "http://localhost:11434/v1" for Ollama


@node
def split(documents: str, size: int) -> list[str]:
    sentences = documents.split(". ")
    return [". ".join(sentences[i : i + size]) for i in range(0, len(sentences), size)]


@node(outputs=["vectorizer", "matrix"])
def embed(chunks: list[str]) -> tuple[TfidfVectorizer, Any]:
    vectorizer = TfidfVectorizer(stop_words="english").fit(chunks)
    return vectorizer, vectorizer.transform(chunks)


@node(outputs=ui.JSON())
def retrieve(question: str, chunks: list[str], vectorizer: Any, matrix: Any, k: int) -> list[str]:
    scores = (matrix @ vectorizer.transform([question]).T).toarray().ravel()
    return [chunks[i] for i in scores.argsort()[::-1][: int(k)]]


@node(outputs=ui.Markdown())
def answer(question: str, hits: list[str], temperature: float):
    """A generator streams: each value is the text so far."""
    prompt = "Answer from this:\n" + "\n".join(hits) + f"\n\n{question}"
    client = InferenceClient(base_url=MODEL, api_key="none")
    text = ""
    for chunk in client.chat_completion(
        [{"role": "user", "content": prompt}], temperature=temperature, stream=True
    ):
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        yield text


# wiring
question = ui.Textbox("What guides ships at night?", label="Question")
chunks = split(ui.TextArea(DOCUMENTS, label="Documents"), ui.Slider(1, 3, value=1))
vectorizer, matrix = embed(chunks)
hits = retrieve(question, chunks, vectorizer, matrix, k=ui.Slider(1, 5, value=2))
said = answer(question, hits, ui.Slider(0, 2, value=0.7, label="Temperature"))
retrieval = Graph(said)
