"""The same with Gradio's Blocks; the functions are those of ``pictures``."""

import gradio as gr
from pictures import contact_sheet, duotone, load, poster


# wiring
def make(count, look, ink, bits):
    photos = load(count)
    if look == "duotone":
        pictures = [duotone(photo, ink) for photo in photos]
    else:
        pictures = [poster(photo, bits) for photo in photos]
    return pictures, pictures, gr.update(visible=True)


def choose(look):
    return gr.update(visible=look == "duotone"), gr.update(visible=look == "poster")


with gr.Blocks() as demo:
    count = gr.Slider(2, 5, value=4, step=1, label="Photos")
    look = gr.Radio(["duotone", "poster"], value="duotone", label="Look")
    ink = gr.ColorPicker("#1d4e6b", label="Ink")
    bits = gr.Slider(1, 4, value=2, step=1, label="Bits", visible=False)
    columns = gr.Slider(1, 3, value=2, step=1, label="Columns")
    made = gr.State([])
    run, preview = gr.Button("Run"), gr.Gallery()
    approve = gr.Button("Print these", visible=False)
    sheet = gr.Image()
    look.change(choose, look, [ink, bits])
    run.click(make, [count, look, ink, bits], [made, preview, approve])
    approve.click(contact_sheet.fn, [made, columns], sheet)
