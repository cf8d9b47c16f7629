"""The same with Gradio's Blocks; the functions are those of ``retrieval``."""

import gradio as gr
from retrieval import DOCUMENTS, answer, embed, retrieve, split


# wiring
def respond(documents, size, question, k, temperature):
    chunks = split(documents, size)
    vectorizer, matrix = embed(chunks)
    hits = retrieve(question, chunks, vectorizer, matrix, k)
    for text in answer(question, hits, temperature):
        yield hits, text


with gr.Blocks() as demo:
    question = gr.Textbox("What guides ships at night?", label="Question")
    documents = gr.TextArea(DOCUMENTS, label="Documents")
    size = gr.Slider(1, 3, value=1, step=1, label="size")
    k = gr.Slider(1, 5, value=2, step=1, label="k")
    temperature = gr.Slider(0, 2, value=0.7, label="Temperature")
    hits, said = gr.JSON(), gr.Markdown()
    run = gr.Button("Run")
    run.click(respond, [documents, size, question, k, temperature], [hits, said])
