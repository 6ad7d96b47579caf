// The page, from top to bottom.
document.getElementById('title').textContent = data.title;
document.getElementById('subtitle').textContent = data.subtitle;
document.getElementById('made').textContent = data.made;
showTheme();
headlines();
if (several) differences();
curves();
if (several) runChooser();
classMeasures();
errors();
details();
chooseRun(0);
