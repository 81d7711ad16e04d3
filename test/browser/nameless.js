/* global document */
// Run in a page: visible controls that have no name for a screen reader, as the beginning of their HTML.
;[...document.querySelectorAll('input, select, textarea, button')]
  .filter((control) => control.checkVisibility())
  .filter((control) => {
    const labels = [...(control.labels ?? [])].map(({ textContent }) => textContent)
    const labelled = control.getAttribute('aria-labelledby')
    const named = labelled === null ? '' : (document.getElementById(labelled)?.textContent ?? '')
    return (
      [...labels, named, control.getAttribute('aria-label') ?? '', control.textContent].join('').trim() === ''
    )
  })
  .map((control) => control.outerHTML.slice(0, 200))
