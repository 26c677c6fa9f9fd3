// What is wider than the page scrolls in itself. Then it is reached by keyboard, has a name for who cannot see it, and
// fades at the side where there is more (matnn.css). Which elements these are, and their names, the extension says.
"use strict";
(() => {
  const names = JSON.parse(document.currentScript.dataset.names);

  function follow(element, name) {
    function show() {
      const more = element.scrollWidth - element.clientWidth;
      element.classList.toggle("matnn-scrolls", more > 1);
      if (more > 1) {
        element.tabIndex = 0;
        element.setAttribute("role", "group");
        element.setAttribute("aria-label", name);
      } else for (const attribute of ["tabindex", "role", "aria-label"]) element.removeAttribute(attribute);
      // a pixel is left where the browser rounds
      element.classList.toggle("matnn-more-left", more > 1 && element.scrollLeft > 1);
      element.classList.toggle("matnn-more-right", more > 1 && element.scrollLeft < more - 1);
    }
    element.addEventListener("scroll", show, { passive: true });
    const observer = new ResizeObserver(show);
    for (const part of [element, ...element.children]) observer.observe(part);
  }

  for (const [selector, name] of Object.entries(names))
    for (const element of document.querySelectorAll(selector)) follow(element, name);
})();
