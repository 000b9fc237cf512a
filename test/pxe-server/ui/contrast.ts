import type { Page } from 'playwright-core';

/** Texts that can be seen and have less than 4.5:1 against what is behind them (WCAG 2.2, 1.4.3). */
export function lowContrast(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const channels = (color) => color.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (node) => {
      for (let at = node; at; at = at.parentElement) {
        const color = channels(getComputedStyle(at).backgroundColor);
        if (color[3] !== 0) return color;
      }
      return [255, 255, 255];
    };
    const low = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const node = texts.currentNode.parentElement;
      if (texts.currentNode.data.trim() === '' || !node.checkVisibility() || node.matches('.unseen')) continue;
      const [a, b] = [luminance(channels(getComputedStyle(node).color)), luminance(behind(node))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) low.push(ratio.toFixed(2) + ' ' + texts.currentNode.data.trim());
    }
    return low;
  })()`);
}
