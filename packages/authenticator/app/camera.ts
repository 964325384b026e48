/** Reads QR codes with the camera: with the browser's own detector if it has one, else with a library that is loaded then. */

/** Finds the text of a QR code in what the video shows now. */
type Detector = (video: HTMLVideoElement) => Promise<string | undefined>

interface BarcodeDetectorLike {
  detect(source: CanvasImageSource): Promise<readonly { readonly rawValue: string }[]>
}
interface BarcodeDetectorClass {
  new (options: { readonly formats: readonly string[] }): BarcodeDetectorLike
  getSupportedFormats(): Promise<readonly string[]>
}
declare const BarcodeDetector: BarcodeDetectorClass | undefined

/** Milliseconds between two attempts. */
const pause = 200

export interface Camera {
  stop(): void
}

/**
 * Shows the camera in `video` and calls `onText` with each text that a code has, until `stop`.
 * @throws DOMException when there is no camera, or its use is not allowed
 */
export async function startCamera(
  video: HTMLVideoElement,
  onText: (text: string) => void,
): Promise<Camera> {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment', width: { ideal: 1280 } },
    audio: false,
  })
  let isStopped = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = () => {
    isStopped = true
    clearTimeout(timer)
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
  }
  try {
    video.srcObject = stream
    await video.play()
    const detect = await createDetector()
    const look = async (): Promise<void> => {
      const text = await detect(video).catch(() => undefined)
      if (isStopped) return
      if (text !== undefined) onText(text)
      if (!isStopped) timer = setTimeout(look, pause)
    }
    await look()
  } catch (error) {
    stop()
    throw error
  }
  return { stop }
}

async function createDetector(): Promise<Detector> {
  if (await hasOwnDetector()) {
    // biome-ignore lint/style/noNonNullAssertion: hasOwnDetector has looked
    const own = new BarcodeDetector!({ formats: ['qr_code'] })
    return async (video) => (await own.detect(video))[0]?.rawValue
  }
  return await createLibraryDetector()
}

async function hasOwnDetector(): Promise<boolean> {
  if (typeof BarcodeDetector === 'undefined') return false
  return (await BarcodeDetector.getSupportedFormats()).includes('qr_code')
}

async function createLibraryDetector(): Promise<Detector> {
  const { decodeQR } = await import('qr/decode.js')
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('no canvas')
  return async (video) => {
    const { videoWidth: width, videoHeight: height } = video
    if (width === 0) return undefined
    // Smaller pictures are read faster, and a code that fills a third of the view is still readable.
    const scale = Math.min(1, 800 / Math.max(width, height))
    canvas.width = Math.round(width * scale)
    canvas.height = Math.round(height * scale)
    context.drawImage(video, 0, 0, canvas.width, canvas.height)
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
    try {
      return decodeQR({ width: canvas.width, height: canvas.height, data })
    } catch {
      return undefined
    }
  }
}
