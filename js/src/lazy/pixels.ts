/** A drawing as a picture of pixels, twice as large, in the colours of one theme. */

const DENSITY = 2;
/** No browser has larger ones everywhere. */
const LARGEST = 16000;
/** Where the dark colours of a drawing begin. */
const DARK = "@media (prefers-color-scheme:dark)";

export async function pixels(svg: string, dark: boolean): Promise<Blob> {
  const image = new Image();
  const themed = svg.replace(DARK, dark ? "@media all" : "@media not all");
  image.src = URL.createObjectURL(new Blob([themed], { type: "image/svg+xml" }));
  try {
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const density = Math.min(DENSITY, LARGEST / width, LARGEST / height);
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      const taken = (blob: Blob | null) =>
        blob ? resolve(blob) : reject(new Error("The picture is too large for this browser."));
      canvas.toBlob(taken, "image/png");
    });
  } finally {
    URL.revokeObjectURL(image.src);
  }
}
