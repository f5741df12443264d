/** Elements whose content nobody reads. */
const unread: ReadonlySet<string> = new Set(['head', 'script', 'style', 'title', 'template']);
/** What they stand for; others stay as they are. */
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', zwnj: '', shy: '' };

/** What one reads of HTML, near enough for a glance, in one pass over it: nothing is made of it but text. */
export class HtmlText {
  #text = '';
  /** The element whose end is awaited. */
  #inside: string | undefined;

  of(html: string): string {
    for (let at = 0; at < html.length; ) {
      const open = html.indexOf('<', at);
      const end = open === -1 ? html.length : open;
      if (this.#inside === undefined) this.#text += withoutEntities(html.slice(at, end));
      at = open === -1 ? html.length : this.#tag(html, open);
    }
    return this.#text;
  }

  /** @returns behind the tag or comment that begins there; one without an end goes on to the end */
  #tag(html: string, open: number): number {
    const inside = this.#inside;
    if (inside !== undefined) return this.#unread(html, open, inside);
    if (!/[a-z/!?]/i.test(html.charAt(open + 1))) {
      this.#text += '<';
      return open + 1;
    }
    const comment = html.startsWith('<!--', open);
    const close = comment ? html.indexOf('-->', open + 4) : html.indexOf('>', open);
    const end = close === -1 ? html.length : close + (comment ? 3 : 1);
    const [, slash = '', name = ''] = comment ? [] : (/^<(\/?)([a-z][a-z0-9]*)/i.exec(html.slice(open, open + 40)) ?? []);
    const element = name.toLowerCase();
    if (slash === '' && unread.has(element)) this.#inside = element;
    if (!inline.has(element)) this.#text += ' ';
    return end;
  }

  #unread(html: string, open: number, inside: string): number {
    const closes = html.slice(open, open + 2 + inside.length).toLowerCase() === `</${inside}`;
    if (!closes) return open + 1;
    this.#inside = undefined;
    const close = html.indexOf('>', open);
    return close === -1 ? html.length : close + 1;
  }
}

/** They stand in the midst of words. */
const inline: ReadonlySet<string> = new Set(['a', 'b', 'big', 'em', 'font', 'i', 's', 'small', 'span', 'strong', 'sub', 'sup', 'u', 'wbr']);

const withoutEntities = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
  });
