import { type Image, openCatalog } from '../../../builder/catalog/catalog.ts';

/** How often the catalog is read, milliseconds: whoever builds does not tell the service. */
const EVERY_MS = 5000;

/** The images of the catalog as they were read last. */
export class ImageWatch {
  #images: Image[];
  readonly #catalog: ReturnType<typeof openCatalog>;
  #timer: NodeJS.Timeout | undefined;

  private constructor(catalog: ReturnType<typeof openCatalog>, images: Image[]) {
    this.#catalog = catalog;
    this.#images = images;
  }

  static async open(folder: string): Promise<ImageWatch> {
    const catalog = openCatalog(folder);
    return new ImageWatch(catalog, await catalog.list());
  }

  get images(): readonly Image[] {
    return this.#images;
  }

  /** Reads again and again until it is stopped; `onRead` is told each time whether something else is offered now. */
  follow(onRead: (changed: boolean) => void, onFault: (error: unknown) => void): void {
    this.#timer = setInterval(() => {
      this.#catalog.list().then((found) => {
        const changed = offered(found) !== offered(this.#images);
        this.#images = found;
        onRead(changed);
      }, onFault);
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** What is offered: an image that was built again has another provenance, and may be the newest of its recipe. */
function offered(images: readonly Image[]): string {
  return images.flatMap(({ papers, tags }) => [...papers.map(({ sha256 }) => sha256), ...tags]).join();
}
